/** Whether a build has the kernels of all modules: 1 or 0, by asconfig.json. */
declare const COMPLETE: i32;
