/** The process that a host starts: the Telegram channel on stdin and stdout. */
import { serve } from '@backchannel/channel'
import { createTelegramChannel } from './channel.ts'

void createTelegramChannel(process.env).then(serve)
