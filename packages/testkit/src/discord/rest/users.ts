/** Who the bot is, who others are, and how it gets to the gateway. */
import { flagsOf } from '../state/applications.ts'
import { describeGuild, describeMember, describeRole } from '../state/guilds.ts'
import { fail } from '../wire/failure.ts'
import { type Context, findGuild, idOf } from './context.ts'

export function getMe({ application }: Context): unknown {
  return { ...application.user, verified: true, mfa_enabled: false, locale: 'en-US', email: null, flags: 0 }
}

export function getUser(context: Context): unknown {
  const user = context.world.users.get(idOf(context, 'user'))
  if (!user) throw fail('unknownUser')
  return user
}

/** Its flags say which privileged intents are on. */
export function getApplication({ application, world }: Context): unknown {
  const { id, user } = application
  return {
    id,
    name: user.username,
    icon: null,
    description: '',
    summary: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    owner: [...world.users.values()].find(({ bot }) => !bot) ?? user,
    team: null,
    flags: flagsOf(application),
    flags_new: String(flagsOf(application)),
    bot: user,
    approximate_guild_count: [...world.guilds.values()].filter(({ members }) => members.has(id)).length,
  }
}

export function listOwnGuilds({ application, world }: Context): unknown {
  const own = [...world.guilds.values()].filter(({ members }) => members.has(application.id))
  return own.map(({ id, name, ownerId }) => {
    return { id, name, icon: null, banner: null, owner: ownerId === application.id, permissions: '0', features: [] }
  })
}

export function getGuild(context: Context): unknown {
  return describeGuild(findGuild(context))
}

export function listRoles(context: Context): unknown {
  return [...findGuild(context).roles.values()].map(describeRole)
}

export function getMember(context: Context): unknown {
  const guild = findGuild(context)
  const asked = idOf(context, 'user')
  const id = asked === '@me' ? context.application.id : asked
  const member = guild.members.get(id)
  const user = context.world.users.get(id)
  if (!user) throw fail('unknownUser')
  if (!member) throw fail('unknownMember')
  return { user, ...describeMember(member) }
}
