Loop 2 {
    Send "2"
}
