// On every page, and comforts only: all of them work without it, as UTC, as typed, and as often as it is clicked.

/** WebKit on Linux may say C, which is none. */
const language = /^[a-z]{2,3}\b/i.test(navigator.language) ? navigator.language : 'en'

for (const element of document.querySelectorAll('time')) {
  if ('countdown' in element.dataset) countDown(element)
  else showLocally(element)
}
for (const input of document.querySelectorAll('input[type="password"]')) {
  offerToShow(input)
  if (input.minLength > 0) measure(input)
}
for (const message of document.querySelectorAll('.flash[role="status"]')) offerToDismiss(message)
for (const menu of document.querySelectorAll('details.menu')) closeWhenLeft(menu)
// On a phone the entries are one row, which may be wider than the screen.
document.querySelector('.entries [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
document.addEventListener('submit', sendOnce)

/** In the reader's language and time zone; as how long ago where that is the question. */
export function showLocally(element) {
  const at = new Date(element.dateTime)
  const isDay = element.dateTime.length === 10
  const full = at.toLocaleString(
    language,
    isDay ? { dateStyle: 'medium', timeZone: 'UTC' } : { dateStyle: 'medium', timeStyle: 'short' },
  )
  const isAgo = 'ago' in element.dataset
  element.lang = language
  element.textContent = isAgo ? ago(at) : full
  if (isAgo) element.title = full
}

function ago(at) {
  const seconds = Math.min(0, (at.getTime() - Date.now()) / 1000)
  const units = { day: 86_400, hour: 3_600, minute: 60, second: 1 }
  const [unit, size] = Object.entries(units).find(([, size]) => -seconds >= size) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.ceil(seconds / size), unit)
}

function offerToDismiss(message) {
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'dismiss' })
  button.textContent = '×'
  button.setAttribute('aria-label', 'Dismiss this message')
  button.addEventListener('click', () => message.remove())
  message.append(button)
}

/** By Escape, which leaves the focus on its name, and by going on elsewhere. */
function closeWhenLeft(menu) {
  const closeUnlessIn = ({ target }) => {
    if (!menu.contains(target)) menu.open = false
  }
  document.addEventListener('click', closeUnlessIn)
  document.addEventListener('focusin', closeUnlessIn)
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    menu.open = false
    menu.querySelector('summary').focus()
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

/** A second click while the answer is on its way sends nothing, and the button shows that it is. */
function sendOnce(event) {
  // A script of the page has taken it over.
  if (event.defaultPrevented) return
  const { target, submitter } = event
  if (pending.has(target)) return event.preventDefault()
  pending.add(target)
  submitter?.setAttribute('aria-busy', 'true')
  // Not for good: the person may have stopped the page.
  setTimeout(() => allowAgain(target), 5000)
}
const pending = new Set()

function allowAgain(form) {
  pending.delete(form)
  for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
}

addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  for (const form of document.forms) allowAgain(form)
  // Back, after signing out: some browsers keep a page although it must not be stored.
  if (document.querySelector('form[action="/logout"]')) location.reload()
})
