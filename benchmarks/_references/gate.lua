-- What any event costs in Redis: seen before, a session, a counted limit.
if not redis.call('SET', KEYS[1] .. 'd:' .. ARGV[1], ARGV[2], 'NX', 'EX', 7200) then
  return {0, 'duplicate'}
end
local session = redis.call('GET', KEYS[1] .. 's:' .. ARGV[3])
if session then
  redis.call('EXPIRE', KEYS[1] .. 's:' .. ARGV[3], 3600)
else
  session = ARGV[2]
  redis.call('SET', KEYS[1] .. 's:' .. ARGV[3], session, 'EX', 3600)
end
local used = redis.call('INCR', KEYS[1] .. 'k')
redis.call('PEXPIRE', KEYS[1] .. 'k', 120000)
return {used, session}
