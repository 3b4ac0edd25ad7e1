import { events } from '../events.ts'
import { counter, histogram, type Metric } from './text.ts'

export function sessionMetrics(): Metric[] {
  const signIns = counter('sign_ins_total', 'Checked passwords, by whether they were right.')
  const calls = histogram(
    'session_store_duration_seconds',
    'Calls of the session store, those included that needed no command.',
  )
  const errors = counter(
    'session_store_errors_total',
    'Calls of the session store that failed or took too long.',
  )
  events.on('signIn', (result) => signIns.add({ result }))
  events.on('storeCall', (call, ms, ok) => {
    calls.observe({ call }, ms / 1000)
    if (!ok) errors.add({ call })
  })
  return [signIns, calls, errors]
}
