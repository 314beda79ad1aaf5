/** Where the person reads: the end as long as they are there, and the same message while older ones come before it. */
import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { type Entry, isUnsent } from './entry.ts'

/** So far from the end still counts as being there. */
const NEAR_END_PX = 80
/** So close to the beginning it is time for older messages. */
const NEAR_START_PX = 600

export interface ReadingPlace {
  readonly scroller: RefObject<HTMLElement | null>
  readonly onScroll: () => void
  readonly toEnd: () => void
  /** Messages that came while the person was further up. */
  readonly missed: Signal<number>
}

/** @param also what else changes the height of the list */
export function useReadingPlace(list: readonly Entry[], also: unknown, loadOlder: () => void): ReadingPlace {
  const scroller = useRef<HTMLElement>(null)
  const missed = useSignal(0)
  const atEnd = useRef(true)
  const top = useRef(0)
  const seen = useRef<{ first: string | undefined; last: string | undefined; height: number }>({
    first: undefined,
    last: undefined,
    height: 0,
  })

  const toEnd = () => {
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
    missed.value = 0
  }
  const onScroll = () => {
    const element = scroller.current
    if (!element) return
    // Only a move upwards leaves the end: content that grows meanwhile is no wish of the person.
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
    atEnd.current = isNear || (atEnd.current && element.scrollTop >= top.current)
    top.current = element.scrollTop
    if (isNear) missed.value = 0
    if (!atEnd.current && element.scrollTop < NEAR_START_PX) loadOlder()
  }
  useLayoutEffect(() => {
    const element = scroller.current
    const { first, last, height } = seen.current
    const firstAt = list.findIndex(({ id }) => id === first)
    const lastAt = list.findIndex(({ id }) => id === last)
    const added = list.length - 1 - lastAt
    seen.current = { first: list[0]?.id, last: list.at(-1)?.id, height: element?.scrollHeight ?? 0 }
    // Whoever has just written wants to see it, wherever they were.
    if (added > 0 && isOwn(list.at(-1))) atEnd.current = true
    if (atEnd.current) return toEnd()
    if (lastAt !== -1 && added > 0) missed.value += added
    if (element && firstAt > 0) element.scrollTop = top.current + element.scrollHeight - height
  }, [list, also])
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    // Pictures that load and a keyboard that opens change the height.
    const observer = new ResizeObserver(() => {
      seen.current.height = element.scrollHeight
      if (atEnd.current) toEnd()
    })
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])
  return { scroller, onScroll, toEnd, missed }
}

/** Written here and just now: those of other pages arrive as sent. */
function isOwn(entry: Entry | undefined): boolean {
  return entry !== undefined && isUnsent(entry)
}
