// The one script, and a comfort only: times in the reader's zone, and countdowns that count, to the second.
// Without it the page shows UTC, and days and hours.
const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

for (const element of document.querySelectorAll('time')) {
  if ('countdown' in element.dataset) countDown(element)
  else
    element.textContent = new Date(element.dateTime).toLocaleString('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'short',
    })
}

function countDown(element) {
  const end = Date.parse(element.dateTime)
  const show = () => {
    let rest = Math.max(0, Math.floor((end - Date.now()) / 1000))
    element.textContent = units
      .map(([unit, seconds]) => {
        const count = Math.floor(rest / seconds)
        rest -= count * seconds
        return `${count} ${unit}`
      })
      .join(' ')
  }
  show()
  setInterval(show, 1000)
}
