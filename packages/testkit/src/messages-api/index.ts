/** The stand-in for the Messages API. */

export { startMessagesApi } from './start.ts'
export type {
  ApiCall,
  ApiError,
  Message,
  MessagesApi,
  MessagesApiOptions,
  MessagesRequest,
  ModelReply,
  Reply,
  ReplyBlock,
  ReplyTurn,
  ToolResultBlock,
} from './types.ts'
