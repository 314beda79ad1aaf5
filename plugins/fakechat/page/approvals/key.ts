/** The key by which the channel knows this browser again: made here, kept by the browser, and readable by nobody. */

const DATABASE = 'backchannel-fakechat'
const KEYS = 'keys'
const NAME = 'identity'
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** Base64url of the public point and of a signature over the channel's challenge. */
export async function proveBrowser(challenge: string): Promise<{ key: string; signature: string }> {
  const pair = await loadKey()
  const text = new TextEncoder().encode(`backchannel fakechat identity\n${location.host}\n${challenge}`)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, text)
  return { key: encode(await crypto.subtle.exportKey('raw', pair.publicKey)), signature: encode(signature) }
}

let loading: Promise<CryptoKeyPair> | undefined

/** Where the browser keeps nothing (a private window), the key lasts as long as the page. */
function loadKey(): Promise<CryptoKeyPair> {
  loading ??= keptKey().catch(createKey)
  return loading
}

function createKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
}

async function keptKey(): Promise<CryptoKeyPair> {
  const database = await settled(openDatabase())
  try {
    const fresh = await createKey()
    // In one transaction, so that two tabs that start together keep one key.
    const store = database.transaction(KEYS, 'readwrite').objectStore(KEYS)
    const kept: CryptoKeyPair | undefined = await settled(store.get(NAME))
    if (kept) return kept
    await settled(store.put(fresh, NAME))
    return fresh
  } finally {
    database.close()
  }
}

function openDatabase(): IDBOpenDBRequest {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(KEYS)
  return request
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function encode(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
