export interface Requirement {
  /** Of OWASP ASVS 5.0: https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en */
  readonly id: string
  readonly level: 1 | 2 | 3
  /** What it comes to here, in our words. */
  readonly text: string
  /** Why there is no test: what stands in a document, what a deployment does, what is not there. */
  readonly exception?: string
  /** Tests of test/browser/, which see what HTTP cannot. */
  readonly inBrowser?: readonly string[]
}

const deployment = 'Exception: the deployment does it.'

/** One row of docs/security.md or more; each has a test whose name begins with its id, or an exception. */
export const requirements: readonly Requirement[] = [
  { id: '1.1.1', level: 2, text: 'Input is decoded once.' },
  { id: '1.2.1', level: 1, text: 'Output is escaped for where it stands.' },
  { id: '1.2.2', level: 1, text: 'Addresses that somebody chose have a safe scheme.' },
  { id: '1.2.3', level: 1, text: 'Nothing typed becomes script or style.' },
  { id: '1.2.4', level: 1, text: 'Nothing typed becomes part of a database query.' },
  { id: '1.2.9', level: 2, text: 'Nothing typed becomes a pattern.' },
  { id: '1.3.7', level: 2, text: 'Nothing typed becomes a template or an option of one.' },
  { id: '1.3.11', level: 2, text: 'Nothing typed becomes a header or a further address of a mail.' },
  { id: '2.2.1', level: 1, text: 'Input is what is expected, or refused field by field.' },
  { id: '2.2.2', level: 1, text: 'The server checks, whatever the browser did.' },
  { id: '2.3.3', level: 2, text: 'A step happens whole or not at all.' },
  { id: '2.3.4', level: 2, text: 'What may exist once is not made twice by two at the same time.' },
  { id: '2.4.1', level: 2, text: 'Automation is slowed down.' },
  { id: '3.3.1', level: 1, text: 'Cookies are Secure.' },
  { id: '3.3.2', level: 2, text: 'Cookies are SameSite.' },
  { id: '3.3.3', level: 2, text: 'Cookies have the prefix __Host-.' },
  { id: '3.3.4', level: 2, text: 'Cookies are HttpOnly.' },
  { id: '3.4.1', level: 1, text: 'Every answer carries HSTS, a year long, with subdomains.' },
  { id: '3.4.2', level: 1, text: 'No other origin reads answers.' },
  {
    id: '3.4.3',
    level: 2,
    text: 'A content security policy without exceptions.',
    inBrowser: ['3.4.3 No page breaks the content security policy, and scripts store nothing'],
  },
  { id: '3.4.4', level: 2, text: 'Every answer carries nosniff.' },
  { id: '3.4.5', level: 2, text: 'Referrers stay on the site.' },
  {
    id: '3.4.6',
    level: 2,
    text: 'No page can be framed.',
    inBrowser: ['3.4.6 Another site cannot show the app in a frame'],
  },
  { id: '3.5.1', level: 1, text: 'Forms of other sites are refused.' },
  { id: '3.5.3', level: 1, text: 'GET and HEAD change nothing.' },
  { id: '3.7.2', level: 2, text: 'Redirects stay on the site.' },
  { id: '4.1.3', level: 2, text: 'Visitors cannot set the headers of a proxy.' },
  { id: '4.2.1', level: 2, text: 'A request has one end: no smuggling.' },
  {
    id: '6.1.1',
    level: 1,
    text: 'It is written down how guessing is slowed, and that nobody is locked out.',
    exception: 'Document: [Guessing](#guessing).',
  },
  {
    id: '6.1.2',
    level: 2,
    text: 'It is written down which words of the surroundings are no password.',
    exception: 'Document: [Passwords](#passwords).',
  },
  { id: '6.2.1', level: 1, text: 'Passwords have a minimum of length.' },
  { id: '6.2.3', level: 1, text: 'A change asks for the current and the new password.' },
  { id: '6.2.4', level: 1, text: 'The most common passwords are refused.' },
  { id: '6.2.5', level: 1, text: 'No rules of composition.' },
  { id: '6.2.6', level: 1, text: 'Fields for passwords hide them.' },
  { id: '6.2.7', level: 1, text: 'Pasting and password managers work.' },
  { id: '6.2.8', level: 1, text: 'Passwords are compared exactly as they were typed.' },
  { id: '6.2.9', level: 2, text: 'Passwords of 64 characters and more are taken.' },
  { id: '6.2.11', level: 2, text: 'Words of the surroundings are refused.' },
  { id: '6.2.12', level: 2, text: 'Passwords from leaks are refused.' },
  {
    id: '6.3.1',
    level: 1,
    text: 'Guessing is limited by address, account and pair, and cannot lock an owner out.',
  },
  { id: '6.3.2', level: 1, text: 'No account is there by default.' },
  {
    id: '6.3.3',
    level: 2,
    text: 'A second factor.',
    exception: 'Exception: there is none yet; see [Exceptions](#exceptions).',
  },
  { id: '6.3.4', level: 2, text: 'Every way in has the same rules.' },
  { id: '6.3.8', level: 3, text: 'Answers do not tell which emails are known, but at registration.' },
  { id: '6.4.3', level: 2, text: 'A forgotten password is replaced safely.' }, // mail
  { id: '6.5.1', level: 2, text: 'A mailed link works once.' }, // mail
  { id: '6.5.2', level: 2, text: 'Its token is stored as a hash.' }, // mail
  { id: '6.5.3', level: 2, text: 'Its token is random.' }, // mail
  { id: '6.5.4', level: 2, text: 'Its token cannot be guessed.' }, // mail
  { id: '6.5.5', level: 2, text: 'It works for ten minutes at most.' }, // mail
  { id: '7.2.1', level: 1, text: 'The server verifies session tokens.' },
  { id: '7.2.2', level: 1, text: 'Session tokens are made anew for each sign-in.' },
  { id: '7.2.3', level: 1, text: 'Session tokens have 128 random bits or more.' },
  { id: '7.2.4', level: 1, text: 'Signing in changes the token and ends the one before.' },
  { id: '7.3.1', level: 2, text: 'Sessions end when they are not used.' },
  { id: '7.3.2', level: 2, text: 'Sessions end after a time, however much they are used.' },
  { id: '7.4.1', level: 1, text: 'Signing out ends the session at once and for good.' },
  { id: '7.4.2', level: 1, text: 'Deleting an account ends its sessions.' },
  { id: '7.4.3', level: 2, text: 'A new password ends the other sessions.' },
  { id: '7.4.5', level: 2, text: 'An operator can end sessions, of one or of all.' },
  { id: '7.5.1', level: 2, text: 'What matters most asks for the password again.' },
  { id: '7.5.2', level: 2, text: 'People see and end their sessions.' },
  { id: '8.2.1', level: 1, text: 'Each route is for those whom it is meant for.' },
  { id: '8.2.2', level: 1, text: "Nobody reaches another person's data." },
  { id: '8.2.3', level: 2, text: 'Nobody sets a field that no form has.' },
  {
    id: '11.4.2',
    level: 2,
    text: 'Passwords are hashed with argon2id, with parameters that are kept up to date.',
  },
  { id: '11.5.1', level: 2, text: 'Randomness is cryptographic.' },
  { id: '12.3.1', level: 2, text: 'The way to the database is encrypted.' },
  { id: '13.2.1', level: 2, text: 'The database asks who connects.' },
  {
    id: '13.2.2',
    level: 2,
    text: "The app's user of the database may do no more than it needs.",
    exception: `${deployment} \`deploy/create-database-user.js\` makes such a user.`,
  },
  { id: '13.3.1', level: 2, text: 'Secrets are strong, come from outside, and can be changed.' },
  { id: '13.4.1', level: 1, text: 'Nothing of the repository is served.' },
  { id: '13.4.2', level: 2, text: 'Production has no pages for developers.' },
  { id: '13.4.3', level: 2, text: 'Folders are not listed.' },
  { id: '13.4.4', level: 2, text: 'TRACE is refused.' },
  { id: '13.4.5', level: 2, text: 'Metrics are not public.' },
  { id: '14.2.1', level: 1, text: 'Nothing private stands in an address.' },
  {
    id: '14.3.1',
    level: 1,
    text: 'After signing out nothing private is left in the browser.',
    inBrowser: ['14.3.1 Back after signing out shows nothing private'],
  },
  { id: '14.3.2', level: 2, text: 'Pages are kept by no cache.' },
  {
    id: '14.3.3',
    level: 2,
    text: 'Scripts store nothing.',
    inBrowser: ['14.3.3 No page breaks the content security policy, and scripts store nothing'],
  },
  { id: '15.2.2', level: 2, text: 'Costly work is bounded; who does not fit in is told when to come back.' },
  { id: '15.3.4', level: 2, text: "A visitor's address is the one that trusted proxies saw." },
  { id: '15.3.5', level: 2, text: 'Types are checked.' },
  { id: '15.3.6', level: 2, text: 'Nothing typed reaches a prototype.' },
  { id: '15.3.7', level: 2, text: 'Fields that come twice are refused.' },
  { id: '16.2.1', level: 2, text: 'Events say when, where, who and what.' },
  { id: '16.2.2', level: 2, text: 'Times are UTC.' },
  {
    id: '16.2.3',
    level: 2,
    text: 'It is known where logs go.',
    exception: `${deployment} The app writes to standard output and nowhere else.`,
  },
  { id: '16.2.4', level: 2, text: 'Logs can be read by a machine.' },
  { id: '16.2.5', level: 2, text: 'Logs hold no secret.' },
  { id: '16.3.1', level: 2, text: 'Signing in, good or bad, and changes of an account are events.' },
  { id: '16.3.2', level: 2, text: 'Refused access is an event.' },
  { id: '16.3.3', level: 2, text: 'Attempts to get round a guard are events.' },
  { id: '16.3.4', level: 2, text: 'Faults are in the log.' },
  { id: '16.4.1', level: 2, text: 'Nobody writes lines of their own into the log.' },
  { id: '16.4.2', level: 2, text: 'Logs are protected from change.', exception: `${deployment}` },
  { id: '16.4.3', level: 2, text: 'Logs are sent to another machine.', exception: `${deployment}` },
  { id: '16.5.1', level: 2, text: 'A fault is told in general words.' },
  { id: '16.5.2', level: 2, text: 'The app is safe while its database is away.' },
  { id: '16.5.3', level: 2, text: 'What fails, fails closed.' },
]
