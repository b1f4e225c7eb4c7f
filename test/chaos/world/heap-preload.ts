/** Runs in a worker before its own code (`HeapProbe`): at SIGUSR2 it collects all garbage and says what is left. */

process.on('SIGUSR2', () => {
  // What the first frees outside the heap is counted as gone when the second begins.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ event: 'heap', pid: process.pid, bytes: heapUsed + external })}\n`)
})
