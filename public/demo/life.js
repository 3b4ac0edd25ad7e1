import { showLocally } from '../app.js'

// Only a convenience: reloading the page shows the same. The routes are in src/features/demo/index.ts.

document.addEventListener('visibilitychange', async () => {
  const times = document.querySelectorAll('time[data-name]')
  if (document.visibilityState !== 'visible' || times.length === 0) return
  const response = await fetch('/tour/life', { headers: { Accept: 'application/json' } })
  // Signed out in the meantime; the server responds with the page to show.
  if (response.status === 401) return location.reload()
  if (!response.ok) return
  const life = await response.json()
  for (const time of times) {
    time.dateTime = life[time.dataset.name]
    if (!('countdown' in time.dataset)) showLocally(time)
  }
})
