/** Keeps the user name and password of a URL out of whatever is shown. */

/** Before the host of a URL, and not the `git@` of ssh, which is no secret. */
const USER_INFO = /\b(https?|ftp|git):\/\/[^/\s@]*@/gi
const PASSWORD = /\b(\w+:\/\/[^/\s@:]*):[^/\s@]*@/g

export function hideCredentials(text: string): string {
  return text.replace(USER_INFO, '$1://…@').replace(PASSWORD, '$1:…@')
}
