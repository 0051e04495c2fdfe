/** Time of the processor, not of the clock: on a busy machine it is the same. */

/** What the refusal of a small file may take: far above the few milliseconds that it does, far below what an attack costs. */
export const QUICK_MS = 3000;

/** Since `process.cpuUsage()` gave `start`, over all threads of this process. */
export function processorMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
