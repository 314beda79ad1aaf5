/**
 * What a chat platform is to the kit: the one interface that an adapter implements. The kit decides who gets in, what is
 * stored, what is sent and how often it is tried; an adapter translates between a platform's wire and these shapes.
 */
import type { Place } from '../../access/gate.ts'
import type { Memory } from '../../journal/memory.ts'
import type { Button, Connection } from './connection.ts'
import type { Health } from './health.ts'
import type { ButtonPress, CommandCall, InboundMessage, MovedChat, Reaction } from './inbound.ts'
import type { PlatformLimits } from './limits.ts'

export interface Platform {
  /** As people call it: `Telegram`. */
  readonly title: string
  readonly limits: PlatformLimits
  /** Whether people there expect `/start`, `/help` and `/status` in a direct chat; the kit answers those. Default false. */
  readonly commands?: boolean
  /**
   * Makes the connection, and touches nothing else yet: no poll, no gateway, nothing that takes an account from another
   * process. What the agent sends must work from here on, also in a session that never listens (a standby).
   * @param signal aborts when the session ends; everything that waits ends with it
   * @throws BackchannelError `settings-invalid` for what the operator has to set first, such as a missing token. Being
   *   offline is no reason to throw: that is {@link Health}, and is got over.
   */
  start(ports: PlatformPorts, signal: AbortSignal): Promise<Connection>
}

/** What one who used a command is told, and nobody else. */
export interface CommandAnswer {
  readonly text: string
  /** As under a message. */
  readonly buttons?: readonly (readonly Button[])[]
}

/** What an adapter calls. Nothing but `memory` throws or rejects, so that no loop of an adapter ends because of it. */
export interface PlatformPorts {
  /**
   * A message, new or edited. Resolves once it needs no more help of the platform: only then confirm it (advance the
   * offset, move the watermark). Call it in the platform's order and without waiting for the message before, as far as
   * one batch goes: the order of each chat is kept here, and a slow file of one chat holds up no other.
   */
  receive(message: InboundMessage): Promise<Received>
  /** Somebody pressed a button under a message of ours. Resolves when they were answered. */
  pressed(press: ButtonPress): Promise<void>
  /** Somebody changed their reaction to a message. */
  reacted(reaction: Reaction): Promise<Received>
  /**
   * Somebody used a command that the platform offers. What they alone are told; undefined for one who is to get no answer.
   */
  commanded(command: CommandCall): Promise<CommandAnswer | undefined>
  /** Whether anything from there could be heard: what was missed is asked for in no other chat. Nobody's message gets in by it. */
  hears(place: Place): Promise<boolean>
  /** Of a group with a list of members: who is heard there. Undefined where everybody is; the kit always has it. */
  members?(chatId: string): Promise<readonly string[] | undefined>
  /** A chat goes on under another id, such as a group that became a supergroup. */
  moved(chat: MovedChat): void
  /** How the connection is; call it at each change, and `connected` at each successful poll too. */
  health(health: Health): void
  /** Kept in the journal: how far a source was read that confirms nothing by itself, and the like. A listener's alone. */
  readonly memory: Memory
}

/**
 * What became of something received.
 * - `stored`: on disk; confirm it.
 * - `dropped`: it goes nowhere, and that is settled; confirm it. `reason` is for a log, never for the chat.
 * - `deferred`: it could not be stored just now. Do not confirm it; give it again, with all that came after it, in
 *   `retryAfterMs` milliseconds.
 */
export type Received =
  | { readonly kind: 'stored'; readonly duplicate: boolean }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'deferred'; readonly retryAfterMs: number }
