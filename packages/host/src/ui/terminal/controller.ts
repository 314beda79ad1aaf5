/**
 * The state of the terminal outside of React, so that it outlives a dialog's screen: the session as it is shown, the
 * prompt, and the timer of Ctrl-C. Components read snapshots; keys and events come in here.
 */
import type { EventStream, StampedEvent } from '../events.ts'
import type { Glyphs } from '../glyphs.ts'
import type { SessionInput } from '../interaction.ts'
import { sanitizeLine } from '../sanitize.ts'
import {
  type ApprovalState,
  EMPTY_APPROVAL,
  followPermissions,
  type OpenPermission,
  reduceApproval,
  setsAside,
  trackPermissions,
} from './approval.ts'
import { type CommandHint, isCommand, openWord, withoutSecrets } from './completion.ts'
import type { PromptAction } from './keys.ts'
import { EMPTY_PROMPT, openCompletions, type PromptState, reducePrompt } from './prompt-state.ts'
import {
  EMPTY_QUESTION,
  followQuestions,
  type OpenQuestion,
  type QuestionState,
  reduceQuestion,
  setsQuestionAside,
  trackQuestions,
} from './question.ts'
import { type Block, createSessionView, reduceSession, type SessionView } from './session-view.ts'

export interface View {
  readonly session: SessionView
  readonly prompt: PromptState
  /** Permission requests that are open, oldest first; while there are any, keys answer them. */
  readonly permissions: readonly OpenPermission[]
  readonly approval: ApprovalState
  /** Questions that are open, oldest first; they come after the permissions. */
  readonly questions: readonly OpenQuestion[]
  readonly question: QuestionState
  /** The dialog is set aside, so that something can be typed while something is asked. */
  readonly aside: boolean
  /** A second Ctrl-C ends the session now. */
  readonly exitArmed: boolean
  /** The end was asked for; keys other than Ctrl-C do nothing more. */
  readonly ending: boolean
  /** Blocks of the transcript in this stretch of output; printed ones are let go with the stretch. */
  readonly blocks: readonly Block[]
  readonly stretch: number
}

export interface ControllerOptions {
  readonly stream: EventStream
  readonly glyphs: Glyphs
  commands(): readonly CommandHint[]
  /** Never rejects. */
  complete(text: string): Promise<readonly CommandHint[]>
  columns(): number
  onInput(input: SessionInput): void
}

export interface Controller {
  readonly view: View
  readonly commands: () => readonly CommandHint[]
  subscribe(listener: () => void): () => void
  /** @param draftColumns the width of a row of the prompt, for moving up and down in it */
  act(action: PromptAction, draftColumns: number): void
  /** How many blocks of the stretch are on the screen. */
  printed(count: number): void
  /** Before another screen takes the output: what is printed is not printed again. */
  startStretch(): void
  /** Idempotent. */
  close(): void
}

const ARMED_MS = 2_000
/** Printed blocks kept before they are let go. */
const STRETCH_BLOCKS = 200
const COMMAND_COLUMNS = 500

export function createController(options: ControllerOptions): Controller {
  const { stream, onInput } = options
  /** What can follow the words of a channel's command that are typed. */
  let followers: { readonly head: string | undefined; readonly hints: readonly CommandHint[] } = {
    head: undefined,
    hints: [],
  }
  const commands = () => [...options.commands(), ...followers.hints]
  const listeners = new Set<() => void>()
  let printedBlocks = 0
  let armed: NodeJS.Timeout | undefined
  let view: View = {
    session: createSessionView(options.glyphs),
    prompt: EMPTY_PROMPT,
    permissions: [],
    approval: EMPTY_APPROVAL,
    questions: [],
    question: EMPTY_QUESTION,
    aside: false,
    exitArmed: false,
    ending: false,
    blocks: [],
    stretch: 0,
  }

  const change = (changed: Partial<View>) => {
    view = { ...view, ...changed }
    for (const listener of listeners) listener()
  }
  const append = (block: Block): Pick<View, 'blocks' | 'stretch'> => {
    const full = printedBlocks === view.blocks.length && printedBlocks >= STRETCH_BLOCKS
    if (!full) return { blocks: [...view.blocks, block], stretch: view.stretch }
    printedBlocks = 0
    return { blocks: [block], stretch: view.stretch + 1 }
  }
  const take = (event: StampedEvent) => {
    const { view: session, block } = reduceSession(view.session, event, { columns: options.columns(), now: Date.now() })
    const permissions = trackPermissions(view.permissions, event)
    const approval = followPermissions(permissions, view.approval)
    const questions = trackQuestions(view.questions, event)
    const question = followQuestions(questions, view.question)
    const ending = session.ended ? { ending: true } : {}
    const aside = view.aside && permissions.length + questions.length > 0
    change({ session, permissions, approval, questions, question, aside, ...(block ? append(block) : {}), ...ending })
  }
  const disarm = () => {
    clearTimeout(armed)
    armed = undefined
    if (view.exitArmed) change({ exitArmed: false })
  }
  const end = () => {
    disarm()
    change({ ending: true })
    onInput({ type: 'end' })
  }
  const interrupt = (draftColumns: number) => {
    if (armed || view.ending) return end()
    if (view.session.turn) onInput({ type: 'interrupt' })
    else change({ prompt: reducePrompt(view.prompt, { type: 'clear' }, context(draftColumns)).state })
    armed = setTimeout(disarm, ARMED_MS)
    change({ exitArmed: true })
  }
  const context = (columns: number) => ({ columns, commands: commands() })
  /** A key for the dialog that is shown. @returns whether it was one that sets the dialog aside instead */
  const answer = (action: PromptAction): boolean => {
    const [question] = view.questions
    if (view.permissions.length > 0) {
      if (setsAside(view.approval, action)) return true
      const step = reduceApproval(view.permissions, view.approval, action)
      change({ approval: step.state })
      if (step.answer) onInput(step.answer)
    } else if (question) {
      if (setsQuestionAside(view.question, action)) return true
      const step = reduceQuestion(question, view.question, action)
      change({ question: step.answer ? followQuestions(view.questions, step.state) : step.state })
      if (step.answer) onInput(step.answer)
    }
    return false
  }
  const follow = async (text: string): Promise<void> => {
    const head = openWord(text)
    if (head === followers.head) return
    followers = { head, hints: [] }
    if (head === undefined) return
    const hints = await options.complete(head)
    if (followers.head !== head) return
    followers = { head, hints }
    change({})
  }
  const submit = (text: string) => {
    if (isCommand(text)) {
      change({ ...append(commandBlock(text, options.glyphs)), session: { ...view.session, last: undefined } })
      return onInput({ type: 'command', text })
    }
    change({ session: { ...view.session, waiting: [...view.session.waiting, text] } })
    onInput({ type: 'prompt', text })
  }
  const unsubscribe = stream.subscribe(take)

  return {
    get view() {
      return view
    },
    commands,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    act(action, draftColumns) {
      if (action.type === 'interrupt') return interrupt(draftColumns)
      disarm()
      if (view.ending) return
      const asks = view.permissions.length + view.questions.length > 0
      if (asks && !view.aside && action.type !== 'end-of-input') {
        if (!answer(action)) return
        change({ aside: true })
        if (action.type === 'dismiss') return
      } else if (view.aside && action.type === 'dismiss' && openCompletions(view.prompt, commands()).length === 0) {
        return change({ aside: false })
      }
      const given = action.type === 'end-of-input' && view.prompt.draft.text !== '' ? DELETE : action
      if (given.type === 'end-of-input') return end()
      const { state, submitted } = reducePrompt(view.prompt, given, context(draftColumns))
      change({ prompt: state, aside: view.aside && submitted === undefined })
      void follow(state.draft.text)
      if (submitted !== undefined) submit(submitted)
    },
    printed(count) {
      printedBlocks = count
    },
    startStretch() {
      const blocks = view.blocks.slice(printedBlocks)
      printedBlocks = 0
      change({ blocks, stretch: view.stretch + 1 })
    },
    close() {
      clearTimeout(armed)
      unsubscribe()
      listeners.clear()
    },
  }
}

/** The echo of a command; that of a prompt comes with its turn. */
function commandBlock(text: string, { prompt }: Glyphs): Block {
  return {
    gap: true,
    content: [{ tone: 'prompt', mark: `${prompt} `, text: sanitizeLine(withoutSecrets(text), COMMAND_COLUMNS) }],
  }
}

/** Ctrl-D in a line that is not empty. */
const DELETE: PromptAction = { type: 'delete-right' }
