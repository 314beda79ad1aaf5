/** The session's screen: the transcript, and below it a live region of a few rows. */
import { Box, useCursor, useInput, usePaste, useWindowSize } from 'ink'
import { type ReactNode, useContext, useSyncExternalStore } from 'react'
import { allotRows, windowStart } from './allotment.ts'
import { ApprovalPanel } from './approval-panel.tsx'
import type { Controller, View } from './controller.ts'
import { layoutDraft } from './draft-layout.ts'
import { type PromptAction, parseKey, parsePaste } from './keys.ts'
import { Completions, PromptBox } from './prompt-box.tsx'
import { openCompletions } from './prompt-state.ts'
import { QuestionPanel } from './question-panel.tsx'
import type { FrameRecord } from './reflow.ts'
import { Footer, Spinner, Waiting } from './status.tsx'
import { ThemeContext } from './theme.ts'
import { Transcript } from './transcript.tsx'

export interface AppProps {
  readonly controller: Controller
  readonly version: string
  /** Where the cursor is in the frame, for the repair after a resize. */
  readonly frame: FrameRecord
}

/** Left of the draft: border, padding and `> `; and the same without the border. */
const BOX_LEFT = 4
const BARE_LEFT = 2

export function App({ controller, version, frame }: AppProps): ReactNode {
  const { columns, rows } = useWindowSize()
  const { glyphs } = useContext(ThemeContext)
  const view = useSyncExternalStore(controller.subscribe, () => controller.view)
  const { session, prompt, permissions, questions } = view
  const asks = permissions.length + questions.length > 0 && !view.aside && !view.ending
  const said = message(view, glyphs.ellipsis)
  const commands = said === undefined && !asks ? openCompletions(prompt, controller.commands()) : []
  const running = session.turn !== undefined

  // The border takes two columns on the right too; the draft is laid out for it even where it is left out.
  const draftColumns = Math.max(2, columns - BOX_LEFT - 2)
  const layout = layoutDraft(prompt.draft, draftColumns)
  const allotment = allotRows(rows, {
    draft: layout.rows.length,
    completions: commands.length,
    spinner: running,
    waiting: session.waiting.length > 0 && running,
  })
  const firstRow = windowStart(layout.rows.length, allotment.draft, layout.cursorRow)

  const act = (actions: readonly PromptAction[]) => {
    for (const action of actions) controller.act(action, draftColumns)
  }
  useInput((input, key) => act(parseKey(input, key)))
  usePaste((text) => act(parsePaste(text)))

  const above = Number(allotment.gap) + Number(allotment.waiting) + Number(allotment.spinner) + Number(allotment.border)
  const cursor = {
    x: layout.cursorColumn + (allotment.border ? BOX_LEFT : BARE_LEFT),
    y: above + layout.cursorRow - firstRow,
  }
  const { setCursorPosition } = useCursor()
  setCursorPosition(view.ending || asks ? undefined : cursor)
  // Rows of the box are as wide as the terminal, the others are shorter than any width they are shown at.
  frame.fullRowsAbove = asks ? 0 : Number(allotment.border) * (1 + cursor.y - above)
  frame.cursorColumn = asks ? 0 : cursor.x

  return (
    <>
      <Transcript
        blocks={view.blocks}
        stretch={view.stretch}
        columns={columns}
        version={version}
        onPrinted={controller.printed}
      />
      {/* No width of its own: ink draws once with the new width before React knows of it. */}
      <Box flexDirection="column">
        {allotment.gap && <Box height={1} />}
        {allotment.waiting && <Waiting texts={session.waiting} columns={columns} />}
        {allotment.spinner && session.turn && <Spinner turn={session.turn} columns={columns} />}
        {asks && permissions.length > 0 && (
          <ApprovalPanel open={permissions} state={view.approval} columns={columns} rows={rows} />
        )}
        {asks && permissions.length === 0 && (
          <QuestionPanel open={questions} state={view.question} columns={columns} rows={rows} />
        )}
        {!asks && (
          <PromptBox
            layout={layout}
            firstRow={firstRow}
            rows={allotment.draft}
            border={allotment.border}
            columns={columns}
            empty={prompt.draft.text === ''}
            active={!view.ending}
          />
        )}
        {allotment.completions > 0 && (
          <Completions commands={commands} selected={prompt.selected} rows={allotment.completions} columns={columns} />
        )}
        {allotment.footer && (
          <Footer
            channels={session.channels}
            columns={columns}
            message={said ?? (commands.length === 0 ? waitingAside(view) : undefined)}
          />
        )}
      </Box>
    </>
  )
}

function waitingAside({ aside, permissions, questions }: View): string | undefined {
  if (!aside) return undefined
  if (permissions.length === 0)
    return `${questions.length === 1 ? 'A question waits' : `${questions.length} questions wait`}; Esc to answer`
  return `${permissions.length === 1 ? 'An approval waits' : `${permissions.length} approvals wait`}; Esc to answer`
}

function message({ ending, exitArmed, prompt }: View, ellipsis: string): string | undefined {
  if (ending) return `Ending the session${ellipsis}`
  if (exitArmed) return 'Press Ctrl-C again to exit'
  return prompt.hint
}
