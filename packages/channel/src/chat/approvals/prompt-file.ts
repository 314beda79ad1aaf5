/** A prompt as a file: all of it in one place, for platforms whose messages are short. */
import { Buffer } from 'node:buffer'
import type { PermissionRequest } from '@backchannel/protocol'
import { showOnOneLine, showPlainly } from '../../relay/show.ts'
import type { OutgoingFile } from '../platform/connection.ts'

export function promptFile({ requestId, toolName, description, inputPreview }: PermissionRequest): OutgoingFile {
  const lines = [showPlainly(toolName), showOnOneLine(description), '', showOnOneLine(inputPreview), '']
  const bytes = Buffer.from(lines.join('\n').toWellFormed())
  return {
    name: `request-${requestId}.txt`,
    size: bytes.length,
    mime: 'text/plain',
    async *read() {
      yield bytes
    },
  }
}
