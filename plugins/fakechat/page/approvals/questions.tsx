/** The questions that are open: their choices as buttons or boxes, and a line for own words. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Client } from '../client.ts'
import type { Approvals, Question } from './approvals.ts'

export function QuestionCards({ client }: { readonly client: Client }): JSX.Element | null {
  const list = client.approvals.questions.value
  return (
    <>
      <div class="visually-hidden" aria-live="assertive" aria-atomic="true">
        {list.length > 0 ? `The agent asks: ${list[0]?.text.slice(0, 200)}` : ''}
      </div>
      {list.length > 0 && (
        <section class="permissions" aria-label="The agent asks a question">
          {list.map((question) => (
            <Card key={question.id} question={question} approvals={client.approvals} />
          ))}
        </section>
      )}
    </>
  )
}

interface CardProps {
  readonly question: Question
  readonly approvals: Approvals
}

function Card({ question, approvals }: CardProps): JSX.Element {
  const { id, text, choices, multiple, words, answered } = question
  const isAnswered = answered === true
  const taken = useSignal<readonly string[]>([])
  const written = useSignal('')
  const toggle = (choice: string) => {
    taken.value = taken.value.includes(choice)
      ? taken.value.filter((other) => other !== choice)
      : [...taken.value, choice]
  }
  const own = () => (written.value.trim() === '' ? undefined : written.value.trim())
  const submit = (event: Event) => {
    event.preventDefault()
    if (taken.value.length > 0 || own() !== undefined) approvals.reply(id, taken.value, own())
  }
  return (
    <article class="permission question" aria-label="The agent asks" aria-busy={isAnswered}>
      <h2>{text}</h2>
      <form onSubmit={submit}>
        <div class="permission-answers">
          {choices.map(({ id: choice, label }) =>
            multiple ? (
              <label key={choice} class="question-choice">
                <input
                  type="checkbox"
                  disabled={isAnswered}
                  checked={taken.value.includes(choice)}
                  onChange={() => toggle(choice)}
                />
                <span>{label}</span>
              </label>
            ) : (
              <button
                key={choice}
                type="button"
                disabled={isAnswered}
                onClick={() => approvals.reply(id, [choice], undefined)}
              >
                {label}
              </button>
            ),
          )}
          {words && (
            <input
              class="question-words"
              type="text"
              aria-label="In your own words"
              placeholder="In your own words"
              maxLength={2000}
              disabled={isAnswered}
              value={written.value}
              onInput={(event) => {
                written.value = event.currentTarget.value
              }}
            />
          )}
          {(multiple || words) && (
            <button type="submit" class="allow" disabled={isAnswered}>
              Answer
            </button>
          )}
          <code title={`Or type: ${id} 1`}>{id}</code>
        </div>
      </form>
    </article>
  )
}
