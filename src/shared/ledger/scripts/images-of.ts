/** All images that an import names, and its detail. */
export const IMAGES_OF = `
local function imagesOf(hash)
  local is = redis.call('HMGET', hash, 'detail', 'stray_images', 'seen_images')
  local images, has = {}, {}
  local function add(id)
    if type(id) == 'string' and not has[id] then images[#images + 1] = id has[id] = true end
  end
  local function addAll(ids)
    if type(ids) == 'table' then for _, id in ipairs(ids) do add(id) end end
  end
  local known, detail = pcall(cjson.decode, is[1] or '{}')
  if not known or type(detail) ~= 'table' then detail = {} end
  add(detail.imageId) addAll(detail.otherImageIds) addAll(detail.imageIds)
  for at = 2, 3 do
    local read, ids = pcall(cjson.decode, is[at] or '[]')
    if read then addAll(ids) end
  end
  return images, detail
end
`;
