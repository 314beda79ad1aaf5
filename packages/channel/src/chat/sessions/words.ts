/** What the channel itself says in chats about the sessions that share it; short, since it is read on a phone. */
import type { HubSession } from '../../hub/context.ts'
import { sameName } from '../../hub/session-name.ts'

export const NOT_APPROVER = 'Only an approver can choose the session.'

export function renderSessions(sessions: readonly HubSession[], chosen: string | undefined, waiting: number): string {
  if (sessions.length === 0) return `No session is running. ${renderWaiting(waiting)}`.trim()
  const lines = sessions.map(({ name }) => `• ${name}${isChosen(name, chosen) ? ' (talks to you here)' : ''}`)
  return ['Sessions:', ...lines, '/use NAME chooses one.', renderWaiting(waiting)]
    .filter((line) => line !== '')
    .join('\n')
}

export function isChosen(name: string, chosen: string | undefined): boolean {
  return chosen !== undefined && sameName(name, chosen)
}

export function renderUsed(name: string, isTopic: boolean): string {
  return `${isTopic ? 'This topic' : 'This chat'} talks to ${name} now.`
}

export function renderUnknown(name: string, sessions: readonly HubSession[]): string {
  const names = sessions.map((one) => one.name).join(', ')
  return `There is no session ${name}. ${names === '' ? 'None is running.' : `Running: ${names}.`}`
}

export function renderNobody(waiting: number): string {
  return `No session is running, so nobody reads this now. ${renderWaiting(waiting)} The next session gets ${waiting === 1 ? 'it' : 'them'}.`
}

export function renderAway(name: string): string {
  return `The session ${name} of this topic is not running. What is written here waits for it; /use NAME chooses another one.`
}

export function renderWhich(where: string | undefined): string {
  return where === undefined
    ? 'Several sessions are running. Which one should this chat talk to?'
    : `${where} has written, and several sessions are running. Which one should get it?`
}

export function renderEnded(name: string, next: string | undefined): string {
  return next === undefined
    ? `The session ${name} has ended, and no other one is running. What you write waits for the next one.`
    : `The session ${name} has ended. ${next} talks to you now.`
}

export function renderEndedWhich(name: string): string {
  return `The session ${name} has ended. Which one should this chat talk to?`
}

function renderWaiting(count: number): string {
  if (count === 0) return ''
  return count === 1 ? '1 message waits.' : `${count} messages wait.`
}
