# Copies a library and what it needs into a folder that works on a bare system:
#   bundle("lib.so;..." FOLDER "folders to search" patchelf)
# Each third-party library gets a name of its own (libzip.so.4 is libzip-graft.so.4),
# and all find each other beside themselves. Under their usual names the loader would take
# them for the system's, and give them to other packages of the process, or take those.
function(bundle libraries folder search patchelf)
  file(GET_RUNTIME_DEPENDENCIES
    LIBRARIES ${libraries}
    RESOLVED_DEPENDENCIES_VAR found
    UNRESOLVED_DEPENDENCIES_VAR missing
    DIRECTORIES ${search}
    # What every Linux has, as of the manylinux policies, and what TensorFlow brings.
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|gcc_s|stdc\\+\\+)\\.so" "^libtensorflow")
  if(missing)
    message(FATAL_ERROR "a wheel needs ${missing}")
  endif()
  file(MAKE_DIRECTORY ${folder})
  set(renamed "")
  set(copies "")
  foreach(source ${found})
    get_filename_component(name ${source} NAME)
    if(NOT name MATCHES "^libgraft")
      string(REGEX REPLACE "\\.so" "-graft.so" new ${name})
      list(APPEND renamed --replace-needed ${name} ${new})
      file(REAL_PATH ${source} source)
      configure_file(${source} ${folder}/${new} COPYONLY)
      list(APPEND copies ${new})
    endif()
  endforeach()
  foreach(source ${libraries})
    get_filename_component(name ${source} NAME)
    file(REAL_PATH ${source} source)
    configure_file(${source} ${folder}/${name} COPYONLY)
    list(APPEND copies ${name})
  endforeach()
  foreach(copy ${copies})
    execute_process(
      COMMAND ${patchelf} --set-soname ${copy} --set-rpath "$ORIGIN" ${renamed} ${folder}/${copy}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endfunction()
