/** The names of the secrets that appear in the text, as is or encoded. */
export function leaksIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, secret]) =>
    codings(secret).some((one) => text.includes(one)) ? [name] : [],
  )
}

function codings(secret: string): string[] {
  if (secret.length < 12) throw new Error(`Too short to be looked for: ${secret}`)
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
  ]
}
