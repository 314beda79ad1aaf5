/** The requests that are open: what would run, and the answers one can give. Nothing is the default, so that no key approves by itself. */
import type { JSX } from 'preact'
import type { Client } from '../client.ts'
import type { Approvals, Permission } from './approvals.ts'

export function PermissionCards({ client }: { readonly client: Client }): JSX.Element | null {
  const { permissions, ended } = client.approvals
  const list = permissions.value
  return (
    <>
      <div class="visually-hidden" aria-live="assertive" aria-atomic="true">
        {list.length > 0
          ? `${list.length === 1 ? 'The agent asks' : `${list.length} requests`}: allow ${list[0]?.tool}?`
          : ''}
      </div>
      {list.length > 0 && (
        <section class="permissions" aria-label="The agent asks for your approval">
          {list.map((permission) => (
            <Card key={permission.id} permission={permission} approvals={client.approvals} />
          ))}
        </section>
      )}
      {ended.value !== undefined && <output class="permission-end">{ended.value}</output>}
    </>
  )
}

interface CardProps {
  readonly permission: Permission
  readonly approvals: Approvals
}

function Card({ permission, approvals }: CardProps): JSX.Element {
  const { id, tool, description, preview, answered } = permission
  const isAnswered = answered === true
  return (
    <article class="permission" aria-label={`Allow ${tool}?`} aria-busy={isAnswered}>
      <h2>
        Allow <strong>{tool}</strong>?
      </h2>
      <p>{description}</p>
      {/* Scrolls by itself: the end of a long command must be reachable, and the answers in sight. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{preview}</pre>
      <div class="permission-answers">
        <button type="button" class="allow" disabled={isAnswered} onClick={() => approvals.answer(id, 'allow')}>
          Allow once
        </button>
        <button type="button" disabled={isAnswered} onClick={() => approvals.answer(id, 'allow', 'session')}>
          Allow for this session
        </button>
        <button type="button" class="deny" disabled={isAnswered} onClick={() => approvals.answer(id, 'deny')}>
          Deny
        </button>
        <code title={`Or type: yes ${id}, no ${id}`}>{id}</code>
      </div>
    </article>
  )
}
