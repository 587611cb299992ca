-- Events whose work was not done: they may come again, and what they earned is taken back.
-- Of one that leaves a row (c, m, d) the id is kept, as C, M or D: nobody knows how far its work
-- had come, so it is taken up under the same one. One that was released gives nothing back twice.
--
-- KEYS[1]  what every key of the community begins with
-- ARGV     name of the hash of points, dedupe TTL s, then per event: dedupe or '', field it counted in or '',
--          number of cooldowns, then their names

local prefix = KEYS[1]
local at = 3

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

-- Returns whether it was there, and had not been released.
local function let_go(key)
  local value = redis.call('GET', key)
  if not value or string.match(value, '^%u') then
    return false
  end
  if string.sub(value, 1, 1) == '-' then
    redis.call('DEL', key)
  else
    local kept = string.upper(string.sub(value, 1, 1)) .. string.sub(value, 2)
    redis.call('SET', key, kept, 'EX', ARGV[2])
  end
  return true
end

while at <= #ARGV do
  local dedupe, gain = next_argument(), next_argument()
  local is_known = dedupe == '' or let_go(prefix .. dedupe)
  if is_known and gain ~= '' then
    redis.call('HINCRBY', prefix .. ARGV[1], gain, -1)
  end
  for _ = 1, tonumber(next_argument()) do
    redis.call('DEL', prefix .. next_argument())
  end
end
