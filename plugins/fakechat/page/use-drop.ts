/** Files dropped anywhere on the page. */
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** @returns true while files hover over the window */
export function useDrop(
  onFiles: (files: readonly File[], folders: readonly string[]) => void,
): ReadonlySignal<boolean> {
  const hovering = useSignal(false)
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const leave = () => {
      hovering.value = false
    }
    const giveUp = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !hovering.value) return
      event.stopPropagation()
      leave()
    }
    const on = new AbortController()
    const { signal } = on
    const options = { signal }
    addEventListener(
      'dragover',
      (event) => {
        if (!holdsFiles(event)) return
        event.preventDefault()
        hovering.value = true
      },
      options,
    )
    addEventListener('dragleave', (event) => event.relatedTarget === null && leave(), options)
    addEventListener(
      'drop',
      (event) => {
        if (!holdsFiles(event)) return
        event.preventDefault()
        leave()
        onFiles(...splitFolders(event.dataTransfer))
      },
      options,
    )
    // A drag that was given up outside of the window tells nobody.
    addEventListener('keydown', giveUp, { signal, capture: true })
    addEventListener('mousemove', leave, options)
    return () => on.abort()
  }, [])
  return hovering
}

/** A folder looks like a file that can't be read. */
function splitFolders(data: DataTransfer | null): [files: File[], folders: string[]] {
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.())
  const folders = entries.flatMap((entry) => (entry?.isDirectory ? [entry.name] : []))
  return [[...(data?.files ?? [])].filter(({ name }) => !folders.includes(name)), folders]
}
