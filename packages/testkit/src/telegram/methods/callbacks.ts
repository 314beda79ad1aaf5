/** Answers to pressed buttons. */
import type { World } from '../state/world.ts'
import { badRequest } from '../wire/failure.ts'
import type { Parameters } from './parameters.ts'

const MOST_TEXT = 200

/** Each press is answered once. @throws ApiFailure 400 */
export function answerCallbackQuery(world: World, parameters: Parameters): true {
  const callback = world.callbacks.get(parameters.text('callback_query_id'))
  if (!callback || callback.answer) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid')
  }
  const text = parameters.text('text')
  if (text.length > MOST_TEXT) throw badRequest('MESSAGE_TOO_LONG')
  callback.answer = { text, alert: parameters.flag('show_alert') }
  return true
}
