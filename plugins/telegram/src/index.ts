/** The process that a host starts: the Telegram channel on stdin and stdout. */
import { serve } from '@backchannel/channel'
import { createTelegramChannel } from './channel.ts'

void serve(createTelegramChannel(process.env))
