/**
 * Calls a function once things have been quiet for a while, with the arguments of the last call.
 * `flush()` calls it at once, `cancel()` not at all.
 */
export function debounce(fn, wait) {
  let timer;
  let last;

  function run() {
    timer = undefined;
    const args = last;
    last = undefined;
    fn(...args);
  }

  function debounced(...args) {
    last = args;
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  }

  debounced.flush = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    run();
  };
  debounced.cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return debounced;
}
