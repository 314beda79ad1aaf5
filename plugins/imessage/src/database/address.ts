/** Addresses of Messages, a phone number or an e-mail, in the one form in which they are compared. */

/** `Ada@Example.com` and `ada@example.com` are one, and so are `+1 (555) 010-0100` and `+15550100100`. Never throws. */
export function normalizeAddress(address: string): string {
  const bare = address.trim().replace(/^(?:mailto|tel):/i, '')
  if (bare.includes('@') || /[a-z]/i.test(bare)) return bare.toLowerCase()
  return bare.replace(/[\s().-]/g, '')
}

/** What the columns for the own address hold: `E:ada@example.com`, `P:+15550100`, the address alone. */
export function readAccount(value: string | undefined): string | undefined {
  const address = normalizeAddress((value ?? '').replace(/^[A-Za-z]:/, ''))
  return /@|^\+?\d{3,}$/.test(address) ? address : undefined
}

/** A company's account, which answers by itself. */
export function isBusiness(address: string): boolean {
  return /^urn:biz:/i.test(address)
}
