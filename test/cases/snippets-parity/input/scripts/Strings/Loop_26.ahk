Loop 26 {
    Send "26"
}
