/** What the agent of this process's session asks in chats: shown by whoever holds the account, and known to the next holder too. */
import type { OpenQuestion, OpenRequest } from '../relay/open-requests.ts'
import type { QuestionResolution } from '../relay/questions.ts'
import type { Resolution } from '../relay/relay.ts'
import type { Attached } from './attached.ts'
import type { Relays } from './relays.ts'

/** Where prompts are shown: the channel, in the process that holds the account. */
export interface Surface {
  show(request: OpenRequest): Promise<void>
  hide(request: OpenRequest, resolution: Resolution): Promise<void>
  showQuestion(question: OpenQuestion): Promise<void>
  hideQuestion(question: OpenQuestion, resolution: QuestionResolution): Promise<void>
}

export interface Asking {
  ask(request: OpenRequest): Promise<void>
  resolve(request: OpenRequest, resolution: Resolution): Promise<void>
  askQuestion(question: OpenQuestion): Promise<void>
  resolveQuestion(question: OpenQuestion, resolution: QuestionResolution): Promise<void>
  requests(): readonly OpenRequest[]
  questions(): readonly OpenQuestion[]
  /** This process holds the account from now on. */
  held(relays: Relays): void
}

/** @param withHolder does something through another process that holds the account, or here */
export function createAsking(
  surface: Surface,
  withHolder: (there: (to: Attached) => Promise<void>, here: () => Promise<void>) => Promise<void>,
): Asking {
  const requests = new Map<string, OpenRequest>()
  const questions = new Map<string, OpenQuestion>()
  let relays: Relays | undefined
  return {
    requests: () => [...requests.values()],
    questions: () => [...questions.values()],
    held(given) {
      relays = given
      for (const request of requests.values()) given.requests.open(given.own, request)
      for (const question of questions.values()) given.questions.open(given.own, question)
    },
    ask(request) {
      requests.set(request.requestId, request)
      const here = async () => {
        relays?.requests.open(relays.own, request)
        await surface.show(request)
      }
      return withHolder((to) => to.ask({ request }), here)
    },
    resolve(request, resolution) {
      requests.delete(request.requestId)
      const here = async () => {
        relays?.requests.close(relays.own, request.requestId)
        await surface.hide(request, resolution)
      }
      return withHolder((to) => to.resolve({ request, resolution }), here)
    },
    askQuestion(question) {
      questions.set(question.questionId, question)
      const here = async () => {
        relays?.questions.open(relays.own, question)
        await surface.showQuestion(question)
      }
      return withHolder((to) => to.ask({ question }), here)
    },
    resolveQuestion(question, resolution) {
      questions.delete(question.questionId)
      const here = async () => {
        relays?.questions.close(relays.own, question.questionId)
        await surface.hideQuestion(question, resolution)
      }
      return withHolder((to) => to.resolve({ question, resolution }), here)
    },
  }
}
