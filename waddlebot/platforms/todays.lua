-- The first so many of a UTC day, each counted once.
-- KEYS[1] name; ARGV[1] how many, ARGV[2] who
-- → 1 when this one is among them, else 0
local day = math.floor(tonumber(redis.call('TIME')[1]) / 86400)
local key = KEYS[1] .. ':' .. string.format('%d', day)
if redis.call('SISMEMBER', key, ARGV[2]) == 1 then
  return 1
end
if redis.call('SCARD', key) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('SADD', key, ARGV[2])
redis.call('EXPIRE', key, 2 * 86400)
return 1
