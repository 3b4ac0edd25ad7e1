import { readFileSync } from 'node:fs'

/** User and system time so far, in microseconds. The kernel counts in hundredths of a second: proc(5). NaN without /proc. */
export function cpuMicroseconds(pid = 0): number {
  const fields = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Resident memory, in bytes; NaN without /proc. */
export function residentBytes(pid = 0): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(pid, 'status'))?.[1]) * 1024
}

function read(pid: number, file: 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
