/** What somebody set off by a button or a command, and what they got to see of it. */
import type { APIMessage } from 'discord-api-types/v10'
import { ANSWER_MS, type AnswerType, type StoredInteraction } from '../state/interactions.ts'
import { render } from '../state/messages.ts'
import type { World } from '../state/world.ts'

export interface FakeInteraction {
  readonly id: string
  readonly token: string
  /** The first answer; undefined while there is none. */
  readonly answer: AnswerType | undefined
  /** The message that came as the answer (visible or for them alone), or the one that was changed. */
  readonly message: APIMessage | undefined
  readonly isEphemeral: boolean
  /** "The bot is thinking…". */
  readonly isWaiting: boolean
  /** "This interaction failed": nothing came within three seconds. */
  readonly isFailed: boolean
  readonly followups: readonly APIMessage[]
  /** The texts that came with the answer and after it. */
  readonly texts: readonly string[]
  /** The form that was opened. */
  readonly modal: object | undefined
}

export function viewInteraction(world: World, interaction: StoredInteraction): FakeInteraction {
  const { id, token, createdAt, followups } = interaction
  const shown = () => [interaction.original, ...followups].filter((one) => one !== undefined && !one.isDeleted)
  return {
    id,
    token,
    get answer() {
      return interaction.answer
    },
    get message() {
      return interaction.original && render(world, interaction.original)
    },
    get isEphemeral() {
      return interaction.original?.onlyFor !== undefined
    },
    get isWaiting() {
      return interaction.isWaiting
    },
    get isFailed() {
      return interaction.answer === undefined && world.now() - createdAt > ANSWER_MS
    },
    get followups() {
      return followups.map((message) => render(world, message))
    },
    get texts() {
      return shown().flatMap((one) => (one ? [one.body.content] : []))
    },
    get modal() {
      return interaction.modal
    },
  }
}
