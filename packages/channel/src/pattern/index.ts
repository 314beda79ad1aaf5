/** Patterns that no text can stall, for whatever a channel lets its operator write. */

export { createPattern, type Pattern, PatternError, type PatternOptions } from './pattern.ts'
