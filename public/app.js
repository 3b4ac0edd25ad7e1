// The one script, and comforts only: every page works without it, as UTC, as typed, and as often as it is clicked.

for (const element of document.querySelectorAll('time')) {
  if ('countdown' in element.dataset) countDown(element)
  else showLocally(element)
}
for (const input of document.querySelectorAll('input[type="password"]')) {
  offerToShow(input)
  if (input.minLength > 0) measure(input)
}
document.addEventListener('submit', sendOnce)

/** In the reader's time zone. */
function showLocally(element) {
  element.textContent = new Date(element.dateTime).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
}

/** To the second. */
function countDown(element) {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ]
  const show = () => {
    let rest = Math.max(0, Math.floor((Date.parse(element.dateTime) - Date.now()) / 1000))
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

function offerToShow(input) {
  const button = Object.assign(document.createElement('button'), { type: 'button' })
  const label = input.labels[0].textContent
  const set = (shown) => {
    input.type = shown ? 'text' : 'password'
    button.textContent = shown ? 'Hide' : 'Show'
    button.setAttribute('aria-label', `${button.textContent} ${label.toLowerCase()}`)
  }
  button.addEventListener('click', () => set(input.type === 'password'))
  // A browser offers to save what was sent from a password field, and remembers what was sent from any other.
  input.form.addEventListener('submit', () => set(false))
  set(false)
  input.after(button)
}

/** How far a new password is from long enough. Length only: whether it is a common one, the server knows. */
function measure(input) {
  const place = Object.assign(document.createElement('small'), { className: 'enough', hidden: true })
  const bar = Object.assign(document.createElement('progress'), { max: input.minLength })
  bar.setAttribute('aria-hidden', 'true')
  const words = document.createElement('output')
  place.append(bar, words)
  input.after(place)
  input.addEventListener('input', () => {
    const length = [...input.value].length
    place.hidden = length === 0
    bar.value = Math.min(length, input.minLength)
    const said = length < input.minLength ? 'Too short' : 'Long enough'
    // Said once by a screen reader, not again for every letter.
    if (words.value !== said) words.value = said
  })
}

/** A second click while the answer is on its way sends nothing. */
function sendOnce(event) {
  const { target, timeStamp } = event
  // Not for good: the person may have stopped the page, or come back to it.
  if (timeStamp - (sent.get(target) ?? Number.NEGATIVE_INFINITY) < 5000) event.preventDefault()
  else sent.set(target, timeStamp)
}
const sent = new WeakMap()
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  for (const form of document.forms) sent.delete(form)
  // Back, after signing out: some browsers keep a page although it must not be stored.
  if (document.querySelector('form[action="/logout"]')) location.reload()
})
