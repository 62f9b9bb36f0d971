/** Whether a build has the kernels of all modules: 1 or 0, by asconfig.json. */
declare const COMPLETE: i32;

/** Whether it has only what most networks need to predict (BEYOND_SLIM in bindings/instructions.ts): 1 or 0. */
declare const SLIM: i32;
