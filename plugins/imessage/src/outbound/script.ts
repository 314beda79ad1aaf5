/**
 * What AppleScript is asked to do, word for word: these texts never change, and nothing of a message becomes part of them.
 * A text comes in a file, since arguments of a program can be read by every other one.
 */

/** Arguments: the path of a file with the text in UTF-8, the id of a chat. */
export const TEXT_TO_CHAT = `on run argv
  set words to read (POSIX file (item 1 of argv)) as «class utf8»
  tell application "Messages" to send words to chat id (item 2 of argv)
end run
`

/** Arguments: the same, and an address in place of the chat. */
export const TEXT_TO_ADDRESS = `on run argv
  set words to read (POSIX file (item 1 of argv)) as «class utf8»
  tell application "Messages" to send words to participant (item 2 of argv) of (1st account whose service type = iMessage)
end run
`

/** Arguments: the path of the file to send, the id of a chat. */
export const FILE_TO_CHAT = `on run argv
  tell application "Messages" to send (POSIX file (item 1 of argv)) to chat id (item 2 of argv)
end run
`

export const FILE_TO_ADDRESS = `on run argv
  tell application "Messages" to send (POSIX file (item 1 of argv)) to participant (item 2 of argv) of (1st account whose service type = iMessage)
end run
`
