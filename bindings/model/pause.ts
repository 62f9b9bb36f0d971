// The event loop has its turn now and then while a model is trained.

/** After this much time without a pause there is one: with time slices of 20 ms the event loop waits 40 ms at most. */
const PAUSE_AFTER_MS = 10;
/** When the event loop last had its turn. Shared by all trainings, so that it also gets one between many short ones. */
let lastPause = performance.now();

/** Whether a pause is due. */
export const isLate = () => performance.now() - lastPause > PAUSE_AFTER_MS;

/** Pauses if it is due. */
export async function pauseIfLate(): Promise<void> {
  if (isLate()) await pause();
}

/** Lets the event loop have its turn. */
export async function pause(): Promise<void> {
  await macrotask();
  lastPause = performance.now();
}

/**
 * Lets timers, input and network have their turn. A message, since pages make a timeout in a loop wait for 4 ms:
 * between slices of 20 ms that is a sixth of the time.
 */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate, MessageChannel } = globalThis as {
      setImmediate?: (done: () => void) => void;
      MessageChannel?: new () => { port1: MessagePort; port2: MessagePort };
    };
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else setTimeout(resolve);
  });
}
