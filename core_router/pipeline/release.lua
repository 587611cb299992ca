-- Events whose work was not done: they may come again, and what they earned is taken back.
-- An event that was released before, and so is remembered no more, gives nothing back twice.
--
-- KEYS[1]  what every key of the community begins with
-- ARGV     name of the hash of points, then per event: dedupe or '', field it counted in or '',
--          number of cooldowns, then their names

local prefix = KEYS[1]
local at = 2

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

while at <= #ARGV do
  local dedupe, gain = next_argument(), next_argument()
  local is_known = dedupe == '' or redis.call('DEL', prefix .. dedupe) == 1
  if is_known and gain ~= '' then
    redis.call('HINCRBY', prefix .. ARGV[1], gain, -1)
  end
  for _ = 1, tonumber(next_argument()) do
    redis.call('DEL', prefix .. next_argument())
  end
end
