/** What differs between two access files, in lines for the operator: who may write now and could not, and so on. */
import { showPlainly } from '../relay/show.ts'
import type { AccessFile } from './access-file.ts'

/** In the order of their weight. Codes are not compared. */
export function describeDifference(before: AccessFile, now: AccessFile): readonly string[] {
  const added = now.allowFrom.filter((id) => !before.allowFrom.includes(id))
  const removed = before.allowFrom.filter((id) => !now.allowFrom.includes(id))
  const groupsAdded = [...now.groups.keys()].filter((id) => !before.groups.has(id))
  const groupsRemoved = [...before.groups.keys()].filter((id) => !now.groups.has(id))
  const groupsChanged = [...now.groups].filter(([id, group]) => {
    const old = before.groups.get(id)
    return old !== undefined && JSON.stringify(old) !== JSON.stringify(group)
  })
  const others = [...new Set([...Object.keys(before.raw), ...Object.keys(now.raw)])].filter(
    (key) => !TOLD.has(key) && JSON.stringify(before.raw[key]) !== JSON.stringify(now.raw[key]),
  )
  return [
    ...(before.dmPolicy === now.dmPolicy ? [] : [`policy ${now.dmPolicy}, before ${before.dmPolicy}`]),
    ...list(added, 'may write'),
    ...list(removed, 'may write no longer'),
    ...list(groupsAdded, 'is a group that is heard'),
    ...list(groupsRemoved, 'is a group that is heard no longer'),
    ...groupsChanged.map(([id, { requireMention, allowFrom }]) => {
      const who = allowFrom.length === 0 ? 'every member' : allowFrom.slice(0, MOST_LISTED).map(showPlainly).join(', ')
      return `group ${showPlainly(id)}: ${who}, ${requireMention ? 'with a mention' : 'without a mention'}`
    }),
    ...(others.length === 0 ? [] : [`${others.slice(0, MOST_LISTED).map(showPlainly).join(', ')} changed`]),
  ]
}

/** Told in words of their own, or not at all. */
const TOLD: ReadonlySet<string> = new Set(['dmPolicy', 'allowFrom', 'groups', 'pending'])
const MOST_LISTED = 20

function list(ids: readonly string[], what: string): readonly string[] {
  const shown = ids.slice(0, MOST_LISTED).map((id) => `${showPlainly(id)} ${what}`)
  return ids.length > MOST_LISTED ? [...shown, `${ids.length - MOST_LISTED} more ${what}`] : shown
}
