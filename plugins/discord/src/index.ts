/** The process that a host starts: the Discord channel on stdin and stdout. */
import { serve } from '@backchannel/channel'
import { createDiscordChannel } from './channel.ts'

void createDiscordChannel(process.env).then(serve)
