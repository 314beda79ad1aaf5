/** Which question a message means that somebody has typed: by a reply to it, or by its id. */
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { typedForms } from '../../relay/question-prompt.ts'
import type { RepliedMessage } from '../platform/inbound.ts'

/** @param asked the message that asks; without an id where the platform does not say under which one it was sent */
export function isReplyTo(
  { messageId, isMine, text = '' }: RepliedMessage,
  asked: { readonly messageId: string | undefined; readonly question: OpenQuestion },
): boolean {
  if (asked.messageId !== undefined) return messageId === asked.messageId
  // Then it is known by its words: how to answer stands in no other message.
  return isMine === true && typedForms(asked.question).some((form) => text.includes(form))
}

export function namesQuestion(text: string, questionId: string): boolean {
  return text.trimStart().toLowerCase().startsWith(questionId)
}
