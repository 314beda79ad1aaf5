/** What counts where a setting stands in the environment and in `.env`. */

export type Environment = Readonly<Record<string, string | undefined>>

/** A variable of the process goes before one of the file, unless it is empty, or an option that nobody has answered. */
export function withFile(env: Environment, file: ReadonlyMap<string, string>): Environment {
  const own = Object.entries(env).filter(([, value]) => value !== undefined && !/^\s*$|^\$\{.*\}$/.test(value))
  return { ...Object.fromEntries(file), ...Object.fromEntries(own) }
}
