import { connect, type Socket } from 'node:net'

/** Sends exactly these bytes, and returns everything the server sends until it closes the connection. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  const texts: string[] = []
  socket.on('data', (text: string) => texts.push(text))
  socket.write(bytes)
  await closed(socket)
  return texts.join('')
}

/** Waits until it is closed; also by a server that cuts the connection while we are still writing, which events.once rejects. */
export async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
}

/** A request as text, the last one on its connection. @param start such as "GET / HTTP/1.1" */
export function request(start: string, headers: readonly string[] = [], body = ''): string {
  return [start, 'Host: localhost', 'Connection: close', ...headers, '', body].join('\r\n')
}

/** The status of the first answer; 0 without one. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}
