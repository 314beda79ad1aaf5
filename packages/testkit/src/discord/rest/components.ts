/** Buttons and menus below a message: what Discord takes and what it refuses. */
import type { MessageBody } from '../state/world.ts'
import { invalid, tooLong } from '../wire/failure.ts'
import { COMPONENTS_V2 } from './compose.ts'
import { isFields } from './context.ts'

const ROW = 1
const BUTTON = 2
const MOST_ROWS = 5
const MOST_IN_ROW = 5
const MOST_ID = 100
const MOST_LABEL = 80
const LINK_STYLE = 5

type Components = MessageBody['components']

/** @throws ApiFailure 50035 */
export function readComponents(value: unknown, flags: number): Components {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value))
    throw invalid('components', 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType')
  // The second version has rules of its own, which are not checked here.
  if ((flags & COMPONENTS_V2) !== 0) return value as Components
  if (value.length > MOST_ROWS) throw tooLong('components', MOST_ROWS)
  const ids = new Set<string>()
  for (const [at, row] of value.entries()) {
    const path = `components.${at}`
    if (!isFields(row) || row['type'] !== ROW) {
      throw invalid(path, 'UNION_TYPE_CHOICES', `Value of field "type" must be one of (${ROW},).`)
    }
    const inner = Array.isArray(row['components']) ? row['components'] : []
    if (inner.length < 1 || inner.length > MOST_IN_ROW) {
      throw invalid(`${path}.components`, 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MOST_IN_ROW} in length.`)
    }
    for (const [number, component] of inner.entries()) check(component, `${path}.components.${number}`, ids)
  }
  return value as Components
}

function check(component: unknown, path: string, ids: Set<string>): void {
  const fields = isFields(component) ? component : {}
  const id = fields['custom_id']
  if (fields['type'] === BUTTON) {
    if (String(fields['label'] ?? '').length > MOST_LABEL) throw tooLong(`${path}.label`, MOST_LABEL)
    if (fields['label'] === undefined && fields['emoji'] === undefined) {
      throw invalid(path, 'BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED', 'A button must have a label or an emoji.')
    }
    if (fields['style'] === LINK_STYLE) return
  }
  if (typeof id !== 'string' || id === '') {
    throw invalid(`${path}.custom_id`, 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  if (id.length > MOST_ID) throw tooLong(`${path}.custom_id`, MOST_ID)
  if (ids.has(id)) {
    throw invalid(`${path}.custom_id`, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated')
  }
  ids.add(id)
}
