// Loaded on every page. Only conveniences: every page also works without this script.

/** WebKit on Linux may report C, which is not a language. */
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
// On a phone the entries are in one row that may be wider than the screen.
document.querySelector('.entries [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
document.addEventListener('submit', sendOnce)

/** Shows times in the reader's language and time zone, or as time ago. */
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

/** Closes menus with Escape, which returns the focus to the menu's name, and when the focus leaves. */
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
  // Browsers offer to save the content of a password field, and remember the content of any other field.
  input.form.addEventListener('submit', () => set(false))
  set(false)
  input.after(button)
}

/** How many characters a new password still needs. Only the server knows whether it is a common one. */
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
    // So that a screen reader says it once, not after every letter.
    if (words.value !== said) words.value = said
  })
}

/** Ignores a second click while a form is being sent, and shows that it is. */
function sendOnce(event) {
  // Another script handles this form.
  if (event.defaultPrevented) return
  const { target, submitter } = event
  if (pending.has(target)) return event.preventDefault()
  pending.add(target)
  submitter?.setAttribute('aria-busy', 'true')
  // Temporary, because the user may have stopped loading the page.
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
  // With Back after signing out, some browsers show a page that must not be stored.
  if (document.querySelector('form[action="/logout"]')) location.reload()
})
