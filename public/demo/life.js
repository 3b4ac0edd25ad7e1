import { showLocally } from '../app.js'

// Comfort only: the page says the same when it is loaded. The routes are in src/features/demo/index.ts.

document.addEventListener('visibilitychange', async () => {
  const times = document.querySelectorAll('time[data-name]')
  if (document.visibilityState !== 'visible' || times.length === 0) return
  const response = await fetch('/tour/life', { headers: { Accept: 'application/json' } })
  // Signed out meanwhile: the page for that comes from the server.
  if (response.status === 401) return location.reload()
  if (!response.ok) return
  const life = await response.json()
  for (const time of times) {
    time.dateTime = life[time.dataset.name]
    if (!('countdown' in time.dataset)) showLocally(time)
  }
})
