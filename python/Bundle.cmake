# Copies a program, libraries and what they need into a package that works on a bare system:
#   bundle(PROGRAM "lib.so;lib.so=name in the package;..." PACKAGE "folders to search" PATCHELF)
# Each third-party library gets a name of its own (libzip.so.4 is libzip-graft.so.4),
# and all find each other beside themselves. Under their usual names the loader would take
# them for the system's, and give them to other packages of the process, or take those.
# libgomp alone keeps its name: its interface is stable, and a process should have it once.
# Nobody debugs a wheel: symbols that only a debugger reads go.
function(bundle program pairs package search patchelf)
  set(folder ${package}/lib)
  set(libraries "")
  set(names "")
  foreach(pair ${pairs})
    string(REGEX MATCH "^([^=]*)=?(.*)$" whole "${pair}")
    list(APPEND libraries ${CMAKE_MATCH_1})
    set(name "${CMAKE_MATCH_2}")
    if(NOT name)
      get_filename_component(name ${CMAKE_MATCH_1} NAME)
    endif()
    list(APPEND names ${name})
  endforeach()
  file(GET_RUNTIME_DEPENDENCIES
    EXECUTABLES ${program}
    LIBRARIES ${libraries}
    RESOLVED_DEPENDENCIES_VAR found
    UNRESOLVED_DEPENDENCIES_VAR missing
    CONFLICTING_DEPENDENCIES_PREFIX twice
    DIRECTORIES ${search}
    # What every Linux has, as of the manylinux policies, and what TensorFlow brings.
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|gcc_s|stdc\\+\\+)\\.so" "^libtensorflow")
  if(missing)
    message(FATAL_ERROR "a wheel needs ${missing}")
  endif()
  # oneDNN has several paths: its wheel holds copies, and the build a link.
  foreach(name ${twice_FILENAMES})
    set(contents "")
    foreach(path ${twice_${name}})
      file(SHA256 ${path} hash)
      list(APPEND contents ${hash})
    endforeach()
    list(REMOVE_DUPLICATES contents)
    list(LENGTH contents count)
    if(NOT count EQUAL 1)
      message(FATAL_ERROR "a wheel needs one ${name}, got ${twice_${name}}")
    endif()
    list(GET twice_${name} 0 path)
    list(APPEND found ${path})
  endforeach()
  file(MAKE_DIRECTORY ${folder})
  set(renamed "")
  set(copies "")
  foreach(source ${found})
    get_filename_component(name ${source} NAME)
    if(NOT name MATCHES "^libgraft")
      set(new ${name})
      if(NOT name MATCHES "^libgomp")
        string(REGEX REPLACE "\\.so" "-graft.so" new ${name})
        list(APPEND renamed --replace-needed ${name} ${new})
      endif()
      file(REAL_PATH ${source} source)
      configure_file(${source} ${folder}/${new} COPYONLY)
      list(APPEND copies ${new})
    endif()
  endforeach()
  foreach(source name IN ZIP_LISTS libraries names)
    file(REAL_PATH ${source} source)
    configure_file(${source} ${folder}/${name} COPYONLY)
    list(APPEND copies ${name})
  endforeach()
  configure_file(${program} ${package}/bin/graft COPYONLY)
  set(files ${copies})
  list(TRANSFORM files PREPEND ${folder}/)
  execute_process(COMMAND ${CMAKE_STRIP} --strip-unneeded ${files} ${package}/bin/graft
    COMMAND_ERROR_IS_FATAL ANY)
  execute_process(
    COMMAND ${patchelf} --set-rpath "$ORIGIN/../lib" ${renamed} ${package}/bin/graft
    COMMAND_ERROR_IS_FATAL ANY)
  foreach(copy ${copies})
    execute_process(
      COMMAND ${patchelf} --set-soname ${copy} --set-rpath "$ORIGIN" ${renamed} ${folder}/${copy}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endfunction()
