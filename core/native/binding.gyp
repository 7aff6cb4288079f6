# The native addon. `npm run build` (build/native.ts) fetches lwIP and runs node-gyp on this.
# Release is what ships; Debug is the same code under AddressSanitizer and UBSan.
{
  "includes": ["lwip.gypi"],
  "variables": {
    "lwip": "../../.cache/lwip-2.2.1/src",
    "node_addon_api": "<(module_root_dir)/../../node_modules/node-addon-api"
  },
  "target_defaults": {
    "include_dirs": ["lwip", "<(lwip)/include"],
    "cflags": ["-fvisibility=hidden"],
    # A symbol that nobody defines shows when the addon is loaded, not when it is first called.
    "ldflags": ["-Wl,-z,now"],
    "configurations": {
      "Release": {
        "cflags!": ["-O3"],
        "cflags": ["-O2"]
      },
      "Debug": {
        "cflags!": ["-O0"],
        "cflags": [
          "-O1",
          "-fno-omit-frame-pointer",
          "-fsanitize=address,undefined",
          "-fno-sanitize-recover=undefined"
        ],
        "ldflags": ["-fsanitize=address,undefined"]
      }
    }
  },
  "targets": [
    {
      "target_name": "lwip",
      "type": "static_library",
      # Not ours to clean up, so its warnings are not shown; nor are node-addon-api's, below.
      "cflags": ["-w"],
      "sources": ["<!@(printf '<(lwip)/%s ' <@(lwip_sources))"]
    },
    {
      "target_name": "sluice",
      "dependencies": ["lwip"],
      "sources": [
        "<!@(find src -name '*.cc' ! -name '*_darwin.cc' ! -name '*_win32.cc' | LC_ALL=C sort)"
      ],
      "include_dirs": ["src"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra"],
      "cflags_cc!": ["-std=gnu++20"],
      "cflags_cc": ["-std=c++17", "-isystem <(node_addon_api)"]
    }
  ]
}
